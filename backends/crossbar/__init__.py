"""Crossbars of resistive memory."""
