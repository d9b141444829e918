"""Ground floor: constants, errors, addressed randomness and table helpers. Imports nothing of the house."""
