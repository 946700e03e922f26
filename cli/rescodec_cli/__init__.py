"""The ``rescodec`` command line."""
