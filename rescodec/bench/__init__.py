"""Evidence: what models are worth beside what users have otherwise, in figures.

``rescodec bench`` fills a ``Results`` file suite by suite; ``curves`` and ``verdict`` read it.
"""
