"""How fast bulk reconciliation is on ERPNext, against the loop a consultant would write: part of ``make benchmark``."""
