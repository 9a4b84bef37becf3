"""What rules draw from: the simplest first, as that is what a failing sequence is shrunk to."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.erpnext.fuzz.shelf import PURCHASE, SALES

SIDES = st.sampled_from((0, 0, 1))
DOCTYPES = st.sampled_from((PURCHASE, SALES))
AMOUNTS = st.sampled_from((100, 60, 250))
PARTIES = st.sampled_from((1, 1, 2))
MONEY = st.sampled_from(("Bank", "Bank", "Bank", "Savings", "cash"))
PARTS = st.sampled_from((1, 1, 0.4))
NUMBERS = st.integers(0, 9)  # of a candidate, counted from the first again where there are fewer
SOME = st.lists(NUMBERS, min_size=1, max_size=3)
