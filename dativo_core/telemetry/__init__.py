"""What a run tells the outside: log lines with a tenant's context, and the one redactor everything passes."""
