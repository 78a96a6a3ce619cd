"""What files say: frozen, typed, without I/O and without values from other files."""
