"""A contract in the flat dialect with every key it may have."""

from typing import Any

FLAT_CONTRACT: dict[str, Any] = {
    "$schema": "schemas/odcs/dativo-odcs-3.0.2-extended.schema.json",
    "apiVersion": "v3.0.2",
    "kind": "DataContract",
    "id": "c1",
    "name": "orders",
    "version": "1.0.0",
    "status": "active",
    "domain": "shop",
    "dataProduct": "sales",
    "tenant": "acme",
    "tags": ["daily"],
    "description": {"purpose": "a", "usage": "b", "limitations": "c"},
    "source_type": "csv",
    "object": "orders",
    "schema": [
        {
            "name": "id",
            "type": "integer",
            "required": True,
            "primary_key": True,
            "unique": False,
            "classification": "internal",
            "description": "a",
            "tags": ["a"],
        },
        {"name": "day", "type": "date", "format": "yyyy-MM-dd"},
        {"name": "labels", "type": "array", "items": {"type": "string", "required": True}},
        {"name": "address", "type": "object", "properties": [{"name": "city"}]},
    ],
    "target": {"file_format": "parquet", "partitioning": ["day"], "sort_order": ["id"], "mode": "strict"},
    "team": {"owner": "a@example.com", "roles": [{"name": "b", "email": "b@example.com", "responsibility": "c"}]},
    "data_quality": {
        "expectations": [{"not_null": "id"}, {"type": "row_count", "min": 1}, {"rule": "rowCount", "mustBe": 1}],
        "monitoring": {"enabled": True, "oncall_rotation": "a"},
        "alerts": {"channels": ["a"], "thresholds": {"a": 1}},
    },
    "compliance": {
        "classification": ["internal"],
        "regulations": ["GDPR"],
        "retention_days": 1,
        "security": {"access_control": "a", "encryption_required": True},
        "user_consent_required": True,
    },
    "change_management": {
        "policy": "breaking",
        "approval_required": True,
        "notification_channels": ["a"],
        "version_history": [],
    },
    "finops": {"cost_center": "a", "business_tags": ["a"], "project": "b", "environment": "test"},
}
