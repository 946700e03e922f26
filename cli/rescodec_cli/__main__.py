"""``python -m rescodec_cli``."""

from rescodec_cli.main import main

main()
