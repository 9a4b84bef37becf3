"""What ERPNext shows of the app as a whole: its settings, workspace, report and charts."""
