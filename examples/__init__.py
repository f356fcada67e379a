"""Small trained networks, with the scripts that made them."""
