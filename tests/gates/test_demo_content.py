"""The demo site holds what it promises, and loading it again changes nothing."""

import psycopg

COUNTED = {
    "articles": "SELECT count(*) FROM core_articlepage",
    "guides": "SELECT count(*) FROM core_guidepage",
    "events": "SELECT count(*) FROM events_eventpage",
    "projects": "SELECT count(*) FROM projects_projectpage",
    "networks": "SELECT count(*) FROM networks_networkpage",
    "publications": "SELECT count(*) FROM publications_publicationpage",
    "modules": "SELECT count(*) FROM elearning_modulepage",
    "people": "SELECT count(*) FROM directory_person WHERE email LIKE '%@example.org'",
    "regions": "SELECT count(DISTINCT o.region_id) FROM directory_position p JOIN directory_organisation o"
    " ON o.id = p.organisation_id WHERE o.region_id IS NOT NULL",
    "documents": "SELECT count(*) FROM core_portaldocument",
}
LETTERS = "SELECT status, count(*) FROM newsletters_delivery GROUP BY status"
WITHOUT_SUBSCRIBER = """
SELECT count(*) FROM directory_organisation o WHERE o.must_be_reached AND NOT EXISTS (
  SELECT 1 FROM directory_position p JOIN newsletters_subscription s ON s.person_id = p.person_id
  WHERE p.organisation_id = o.id AND p.leader_level > 0 AND s.status = 'active')
"""


def counts(portal) -> dict[str, int]:
    with psycopg.connect(portal.environment["DATABASE_URL"]) as connection:
        return {name: connection.execute(query).fetchone()[0] for name, query in COUNTED.items()}


def test_the_demo_holds_what_it_promises(portal):
    held = counts(portal)
    assert held["articles"] >= 10
    assert held["guides"] >= 2
    assert held["events"] >= 8
    assert held["projects"] == 9
    assert held["networks"] == 5
    assert held["publications"] >= 22
    assert held["modules"] == 6
    assert held["people"] == 250
    assert held["regions"] == 4
    with psycopg.connect(portal.environment["DATABASE_URL"]) as connection:
        assert connection.execute(WITHOUT_SUBSCRIBER).fetchone()[0] >= 3
        letters = dict(connection.execute(LETTERS).fetchall())
        clicks = connection.execute(
            "SELECT min(clicks), count(*) FROM newsletters_deliverystatistics"
        ).fetchone()
    assert letters["finished"] >= 4
    assert letters.get("scheduled", 0) + letters.get("sending", 0) >= 1
    assert clicks[0] > 0
    assert clicks[1] >= 4


def test_loading_the_demo_again_changes_nothing(portal):
    before = counts(portal)
    assert "0 pages made" in portal.manage("load_demo")
    assert counts(portal) == before
