"""What schedules of jobs and of the operator have in common, in the words of the reference."""

CRON = (
    "five fields (minute hour day month weekday) or a word such as @daily; `H` is a value of the job's own, as in "
    "`H * * * *`, `H(0-29) 2 * * *` and `H/15 * * * *`, so that many jobs do not start together"
)
INTERVAL = "seconds between two starts, counted from 1970 in UTC, instead of cron; Dagster looks every 5 seconds"
CONCURRENT_RUNS = "most runs of this schedule that are queued or started; a time that comes meanwhile is skipped"
LONGEST_INTERVAL = 366 * 86400
