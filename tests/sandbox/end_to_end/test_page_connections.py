"""The page when its socket or its server is away: the run is told all the same."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.sandbox.end_to_end.screen import Screen
from tests.sandbox.end_to_end.site import Site


def test_without_a_socket_the_progress_is_asked_for_and_an_absent_server_is_waited_for(
    screen: Screen, site: Site
) -> None:
    screen.forgiven += ["/socket.io/", "/api/"]
    asked: list[str] = []
    away: list[bool] = []

    def gate(route: Route) -> None:
        if away:
            route.abort()
        else:
            route.continue_()

    screen.page.route("**/socket.io/**", lambda route: route.abort())
    screen.page.route("**/api/**", gate)
    screen.page.on("request", lambda request: asked.append(request.url))
    desk = site.desk(220)
    site.stop_at_chunk(2)

    job = screen.submit_all(desk)
    expect(screen.page.get_by_text("No live connection: checking every 2 seconds.")).to_be_visible()
    before = screen.wait_for_current(20)
    with site.held():
        screen.shot("50-no-socket")
        away.append(True)
        expect(screen.page.get_by_text("The server cannot be reached.").first).to_be_visible()
        screen.shot("51-server-away")
        assert screen.wait_for_current(20) >= before  # what is known stays on the screen
        away.clear()

    assert "220 documents" in screen.outcome()
    seen = screen.counts_seen()
    assert seen == sorted(seen)
    assert len(seen) >= 2
    assert sum(url.endswith(f"/api/runs/{job}") for url in asked) >= 3
    assert set(site.statuses(desk).values()) == {"Paid"}
    assert site.audit() == []
