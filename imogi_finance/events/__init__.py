"""What ERPNext's document events call: one file a doctype, each thin, each calling a service."""
