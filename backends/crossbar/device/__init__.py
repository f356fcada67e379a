"""What devices do to conductances: physics, as pure functions on arrays."""
