"""Tests of the client, the driver and the vector checker."""

import os

os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
