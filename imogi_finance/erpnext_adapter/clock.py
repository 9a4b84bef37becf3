"""The system's clock."""

import time
from datetime import datetime, timezone


class SystemClock:
    """See ``imogi_finance.batch.doors.Clock``."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(timezone.utc)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
