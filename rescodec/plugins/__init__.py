"""LR files in other people's programs: as a format of Pillow and as a plugin of imageio.

Nothing here happens by itself: a program registers what it wants to use. Registering imports
neither torch nor imageio's plugins.
"""

from .registration import register_imageio, register_pillow

__all__ = ["register_imageio", "register_pillow"]
