"""What every test shares. The file format's tests run without torch, so nothing here needs it."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no failure; CI looks at the same examples every time.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
