"""The crossbar backend: networks on arrays of resistive memory."""
