"""Objects of a real S3 service: found, identified, read in the planned version, and every refusal with its remedy."""

import pickle
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dativo_core.errors import SourceChanged, SourceError, SourceUnavailable
from dativo_core.model.s3_connection import S3Connection
from dativo_core.sources import s3_reader
from dativo_core.sources.s3_files import S3Files
from tests.integration.tcp_proxy import breaking_proxy
from tests.s3_service import SECRET_KEY, Literal

MEGABYTE = 1024 * 1024


@pytest.fixture
def bucket(s3_service):
    return s3_service.new_bucket()


@pytest.fixture
def files(s3_service):
    return S3Files(s3_service.connection, Literal())


def names(paths):
    return [path.split("/", 3)[3] for path in paths]


def changed(connection, **values):
    return S3Files(connection.model_copy(update=values), Literal())


def test_a_pattern_finds_objects_over_several_pages_of_the_listing(s3_service, bucket, files):
    s3_service.put_all(bucket, {f"in/{number:04}.csv": b"id\n" for number in range(1100)})
    s3_service.put(bucket, **{"in/other.tsv": b"", "in/deep/0000.csv": b"", "in/.hidden.csv": b""})
    found = files.match([f"s3://{bucket}/in/*.csv"])
    assert names(found) == [f"in/{number:04}.csv" for number in range(1100)]
    assert {files.identify(path).size_bytes for path in found} == {3}


def test_two_asterisks_find_objects_at_any_depth_but_hidden_ones(s3_service, bucket, files):
    s3_service.put(bucket, **dict.fromkeys(("a.csv", "d/b.csv", "d/e/c.csv", "d/.h/c.csv", "d/f.txt", "d/dir/"), b"x"))
    assert names(files.match([f"s3://{bucket}/**/*.csv"])) == ["a.csv", "d/b.csv", "d/e/c.csv"]
    assert names(files.match([f"s3://{bucket}/d/**/c.csv", f"s3://{bucket}/d/e/*"])) == ["d/e/c.csv"]


def test_an_object_whose_name_looks_like_a_pattern_is_meant_itself(s3_service, bucket, files):
    s3_service.put(bucket, **{"[ab].csv": b"x", "a.csv": b"y"})
    assert names(files.match([f"s3://{bucket}/[ab].csv"])) == ["[ab].csv"]
    assert names(files.match([f"s3://{bucket}/[a].csv"])) == ["a.csv"]


def test_listing_and_object_tell_the_same_identity(s3_service, bucket, files):
    s3_service.put(bucket, **{"a.csv": b"id\n1\n"})
    upload = s3_service.client.create_multipart_upload(Bucket=bucket, Key="large.csv")["UploadId"]
    parts = [
        {"PartNumber": number, "ETag": _part(s3_service.client, bucket, upload, number)["ETag"]} for number in (1, 2)
    ]
    s3_service.client.complete_multipart_upload(
        Bucket=bucket, Key="large.csv", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    listed = [files.identify(path) for path in files.match([f"s3://{bucket}/*.csv"])]
    asked = [S3Files(s3_service.connection, Literal()).identify(file.path) for file in listed]
    assert listed == asked
    assert [(file.size_bytes, file.sha256) for file in listed] == [(5, ""), (6 * MEGABYTE, "")]


def _part(client, bucket, upload, number):
    body = b"x" * (5 if number == 1 else 1) * MEGABYTE
    return client.upload_part(Bucket=bucket, Key="large.csv", UploadId=upload, PartNumber=number, Body=body)


def test_reading_starts_where_it_is_asked_to(s3_service, bucket, files):
    s3_service.put(bucket, **{"a.csv": b"0123456789"})
    planned = files.identify(f"s3://{bucket}/a.csv")
    with files.open(planned, 4) as opened:
        assert (opened.read(2), opened.position, opened.read(), opened.read(1)) == (b"45", 6, b"6789", b"")
        opened.verify()
    with files.open(planned.path) as opened:
        assert opened.read() == b"0123456789"


def test_an_empty_object_is_read_as_nothing(s3_service, bucket, files):
    s3_service.put(bucket, **{"a.csv": b""})
    with files.open(files.identify(f"s3://{bucket}/a.csv")) as opened:
        assert opened.read(10) == b""


def test_an_object_that_changed_or_went_since_it_was_planned_is_never_read(s3_service, bucket, files):
    s3_service.put(bucket, **{"a.csv": b"id\n1\n", "b.csv": b"id\n1\n"})
    changing, going = (files.identify(f"s3://{bucket}/{name}.csv") for name in "ab")
    s3_service.put(bucket, **{"a.csv": b"id\n2\n"})
    s3_service.client.delete_object(Bucket=bucket, Key="b.csv")
    with files.open(changing) as opened, pytest.raises(SourceChanged, match=r"a\.csv changed between"):
        opened.read()
    with files.open(going) as opened, pytest.raises(SourceChanged, match=r"b\.csv has disappeared"):
        opened.read()
    with files.open_random_access(changing) as opened, pytest.raises(SourceChanged, match=r"a\.csv changed between"):
        opened.read()


def test_parquet_is_read_by_seeking(s3_service, bucket, files, tmp_path):
    table = pa.table({"n": range(200_000), "text": [f"row {number}" for number in range(200_000)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=40_000)
    s3_service.put(bucket, **{"a.parquet": (tmp_path / "a.parquet").read_bytes()})
    with files.open_random_access(files.identify(f"s3://{bucket}/a.parquet")) as opened:
        found = pq.ParquetFile(opened)
        assert found.read_row_group(3, columns=["n"]).column("n").to_pylist() == list(range(120_000, 160_000))
        assert found.read().equals(table)


def test_broken_connections_are_resumed_and_every_byte_arrives_once(s3_service, bucket):
    content = bytes(number % 251 for number in range(6 * MEGABYTE))
    s3_service.put(bucket, **{"a.bin": content})
    with breaking_proxy(s3_service.endpoint, reset_after_bytes=MEGABYTE) as proxy:
        files = changed(s3_service.connection, endpoint=proxy.endpoint)
        with files.open(files.identify(f"s3://{bucket}/a.bin")) as opened:
            read = b"".join(iter(lambda: opened.read(700_000), b""))
    assert read == content
    assert proxy.resets >= 5


def test_an_object_that_changed_when_a_connection_broke_is_not_read_on(s3_service, bucket):
    s3_service.put(bucket, **{"a.bin": b"1" * 4 * MEGABYTE})
    with breaking_proxy(s3_service.endpoint, reset_after_bytes=MEGABYTE) as proxy:
        files = changed(s3_service.connection, endpoint=proxy.endpoint)
        with files.open(files.identify(f"s3://{bucket}/a.bin")) as opened:
            assert opened.read(300_000) == b"1" * 300_000
            s3_service.put(bucket, **{"a.bin": b"2" * 4 * MEGABYTE})
            with pytest.raises(SourceChanged):
                opened.read()


def test_a_connection_that_keeps_breaking_ends_with_a_remedy(s3_service, bucket, monkeypatch):
    monkeypatch.setattr(s3_reader, "FIRST_WAIT_S", 0.001)
    s3_service.put(bucket, **{"a.bin": b"1" * MEGABYTE})
    with breaking_proxy(s3_service.endpoint, reset_after_bytes=3000) as proxy:
        files = changed(s3_service.connection, endpoint=proxy.endpoint)
        with (
            files.open(files.identify(f"s3://{bucket}/a.bin")) as opened,
            pytest.raises(SourceUnavailable, match="keeps breaking") as caught,
        ):
            opened.read()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"secret_access_key": "another-secret"}, "the secret key does not belong to the access key"),
        ({"access_key_id": "nobody"}, "the access key is not known there"),
        ({"access_key_id": None, "secret_access_key": None}, "refuses access"),
    ],
)
def test_wrong_keys_are_told_without_showing_them(s3_service, bucket, values, told):
    with pytest.raises(SourceError, match=told) as caught:
        changed(s3_service.connection, **values).match([f"s3://{bucket}/*.csv"])
    assert "another-secret" not in str(caught.value)
    assert SECRET_KEY not in str(caught.value)
    assert "access_key_id" in caught.value.hint


def test_every_pattern_that_cannot_be_used_is_named(s3_service, bucket, files):
    with pytest.raises(SourceError) as caught:
        files.match([f"s3://{bucket}/*.csv", f"s3://{bucket}/gone.csv", "s3://no-such/a.csv", "s3://no-such/*.csv"])
    assert f"no file matches 's3://{bucket}/*.csv'; no file matches 's3://{bucket}/gone.csv'" in str(caught.value)
    assert str(caught.value).count("there is no bucket 'no-such' at http://127.0.0.1") == 2
    assert "Check source.files" in caught.value.hint


def test_objects_that_were_there_before_may_be_gone(s3_service, bucket, files):
    s3_service.put(bucket, **{"in/a.csv": b"id\n"})
    before = files.match([f"s3://{bucket}/in/*.csv"])
    s3_service.client.delete_object(Bucket=bucket, Key="in/a.csv")
    assert files.match([f"s3://{bucket}/in/*.csv", before[0]], before) == ()
    with pytest.raises(SourceError, match=r"no file matches '.*\*\.tsv'"):
        files.match([f"s3://{bucket}/in/*.tsv"], before)


def test_another_bucket_than_the_connection_names_is_refused(s3_service, bucket):
    with pytest.raises(SourceError, match="in another bucket"):
        changed(s3_service.connection, bucket="mine").match([f"s3://{bucket}/*.csv"])


def test_an_endpoint_without_tls_is_told_from_one_that_is_not_trusted(s3_service, bucket):
    with pytest.raises(SourceError, match="no trusted TLS connection") as caught:
        changed(s3_service.connection, endpoint=s3_service.endpoint.replace("http", "https")).match(
            [f"s3://{bucket}/*"]
        )
    assert "secure: false" in caught.value.hint


def test_an_endpoint_that_does_not_answer_ends_soon_and_may_be_retried():
    connection = S3Connection(endpoint="http://127.0.0.1:1", access_key_id="access", secret_access_key="secret")
    begin = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"http://127\.0\.0\.1:1 does not answer"):
        S3Files(connection, Literal()).match(["s3://bucket/*", "s3://bucket/a"])
    assert time.monotonic() - begin < 20


def test_a_pickle_reads_the_same_and_holds_no_listing(s3_service, bucket, files):
    s3_service.put(bucket, **{"a.csv": b"id\n"})
    (path,) = files.match([f"s3://{bucket}/a.csv"])
    packed = pickle.dumps(files)
    assert bucket.encode() not in packed
    assert pickle.loads(packed).identify(path) == files.identify(path)
