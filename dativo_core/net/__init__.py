"""Where this process may connect to: one rule for every address that a tenant wrote or a server answered with."""
