"""The contract over Arrow: types, rules and rejects, vectorised."""
