"""Every event name of the logs; dashboards and alerts rest on them, so a name is added, never renamed."""

from enum import StrEnum


class Event(StrEnum):
    """What happened, as the field `event_type`. A success event is logged only after the thing happened."""

    TENANT_INFERRED = "tenant_inferred"
    TENANT_OVERRIDE = "tenant_override"
    JOBS_LOAD_ERROR = "jobs_load_error"
    STARTUP_BEGIN = "startup_begin"
    SECRETS_LOADED = "secrets_loaded"
    SECRETS_WARNING = "secrets_warning"
    JOB_VALIDATION_ERROR = "job_validation_error"
    STARTUP_COMPLETE = "startup_complete"

    JOB_VALIDATED = "job_validated"
    JOB_STARTED = "job_started"
    INCREMENTAL_CHECK = "incremental_check"
    NO_FILES = "no_files"
    TABLE_ENSURED = "table_ensured"
    EXTRACTION_STARTED = "extraction_started"
    BATCH_EXTRACTED = "batch_extracted"
    EXTRACTION_COMPLETE = "extraction_complete"
    FILE_REJECTED = "file_rejected"
    FILE_DUPLICATE = "file_duplicate"
    VALIDATION_ERRORS = "validation_errors"
    VALIDATION_FAILED = "validation_failed"
    COMMIT_SUCCESS = "commit_success"
    COMMIT_FAILED = "commit_failed"
    CATALOG_PUSH_FAILED = "catalog_push_failed"
    RETRY_ATTEMPT = "retry_attempt"
    JOB_FINISHED = "job_finished"
    JOB_ERROR = "job_error"
