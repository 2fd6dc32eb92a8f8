"""What only some systems have."""

from __future__ import annotations

import os

import pytest

# Permission bits, devices and SIGPIPE are POSIX's: Windows has nothing to compare them with.
posix_only = pytest.mark.skipif(os.name == "nt", reason="permission bits, devices and SIGPIPE are POSIX's")
