"""Every event name of the logs; dashboards and alerts rest on them, so a name is added, never renamed."""

from enum import StrEnum


class Event(StrEnum):
    """What happened, as the field `event_type`. A success event is logged only after the thing happened."""

    TENANT_INFERRED = "tenant_inferred"
    JOBS_LOAD_ERROR = "jobs_load_error"
    STARTUP_BEGIN = "startup_begin"
    SECRETS_LOADED = "secrets_loaded"
    SECRETS_WARNING = "secrets_warning"
    JOB_VALIDATION_ERROR = "job_validation_error"
    STARTUP_COMPLETE = "startup_complete"

    JOB_STARTED = "job_started"
    JOB_VALIDATED = "job_validated"
    INCREMENTAL_CHECK = "incremental_check"
    ASSET_LOADED = "asset_loaded"
    EXTRACTION_STARTED = "extraction_started"
    CSV_FILE_PROCESSING = "csv_file_processing"
    CSV_FILE_SKIPPED = "csv_file_skipped"
    BATCH_EXTRACTED = "batch_extracted"
    VALIDATION_ERRORS = "validation_errors"
    VALIDATION_FAILED = "validation_failed"
    BATCH_WRITTEN = "batch_written"
    EXTRACTION_COMPLETE = "extraction_complete"
    TABLE_ENSURED = "table_ensured"
    COMMIT_SUCCESS = "commit_success"
    COMMIT_FAILED = "commit_failed"
    NO_FILES = "no_files"
    JOB_FINISHED = "job_finished"
    JOB_ERROR = "job_error"
