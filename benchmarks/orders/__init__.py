"""How fast orders are invoiced on ERPNext, against a loop and its bulk transaction: in ``make benchmark``."""
