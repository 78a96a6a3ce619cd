"""Rules of configuration: one module per subject, each rule a pure function from what was read to findings."""
