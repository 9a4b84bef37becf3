"""Another app on the same site: it overrides classes and listens to the same documents as this one."""

__version__ = "0.0.1"
