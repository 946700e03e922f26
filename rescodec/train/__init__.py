"""Training of rescaling networks: ``python -m rescodec.train``.

Needs torch, numpy, pillow and safetensors alone.
"""
