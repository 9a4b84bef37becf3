"""Workers as processes: a supervisor, its RQ workers, the job they run, and how the tests crash them."""
