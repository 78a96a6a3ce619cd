"""What loading through Dativo costs, measured beside the fastest plain copy of the same file."""
