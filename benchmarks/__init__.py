"""How fast it is, as ratios against a named baseline of the same run: ``make benchmark``."""
