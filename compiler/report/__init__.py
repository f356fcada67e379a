"""What people look at: one value of everything that a bundle, and a run of it, can show."""
