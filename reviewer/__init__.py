"""Review what coding agents did on real performance commits, and say how often it was true."""

__version__ = "0.1.0"
