import Synchronization
import Testing

@testable import APIServer

/// /healthz, /livez and /readyz.
@Suite struct HealthTests {
  private func prepared(isBroken: Bool = false) throws -> TestAPI {
    let api = try TestAPI()
    api.server.health.add("ping") { nil }
    api.server.health.add("etcd") { isBroken ? "the disk is full" : nil }
    api.server.health.add("shutdown", to: [.readyz]) { nil }
    return api
  }

  @Test("in a word, or check by check")
  func healthy() async throws {
    let api = try prepared()
    let short = await api.get("/livez")
    #expect(short.status == 200)
    #expect(short.text == "ok")
    #expect(short[header: "Content-Type"] == "text/plain; charset=utf-8")
    #expect(short[header: "X-Content-Type-Options"] == "nosniff")
    #expect(await api.get("/livez?verbose").text == "[+]ping ok\n[+]etcd ok\nlivez check passed\n")
    #expect(
      await api.get("/readyz?verbose=1").text
        == "[+]ping ok\n[+]etcd ok\n[+]shutdown ok\nreadyz check passed\n")
    #expect(await api.get("/healthz/etcd").text == "ok")
    #expect(await api.get("/livez/shutdown").status == 404)
    #expect(await api.get("/healthz/none").status == 404)
    #expect(await api.ask("POST", "/healthz").status == 200)
    #expect(await api.ask("HEAD", "/healthz").status == 200)
  }

  @Test("a failing check is named, and why is not told to everybody")
  func failing() async throws {
    let api = try prepared(isBroken: true)
    let reply = await api.get("/healthz")
    #expect(reply.status == 500)
    #expect(reply.text == "[+]ping ok\n[-]etcd failed: reason withheld\nhealthz check failed\n")
    let single = await api.get("/healthz/etcd")
    #expect(single.status == 500)
    #expect(single.text == "internal server error: the disk is full\n")
    let excluded = await api.get("/healthz?verbose&exclude=etcd")
    #expect(excluded.status == 200)
    #expect(excluded.text == "[+]ping ok\n[+]etcd excluded: ok\nhealthz check passed\n")
  }

  @Test("checks that can't be excluded are named")
  func unknownExclusion() async throws {
    let reply = await (try prepared()).get("/livez?verbose&exclude=none&exclude=a%22b&exclude=ping")
    #expect(
      reply.text
        == "[+]ping excluded: ok\n[+]etcd ok\nwarn: some health checks cannot be excluded: no matches for \"a\\\"b\",\"none\"\n"
        + "livez check passed\n")
  }

  @Test("a hook is unhealthy until it has finished")
  func hooks() async throws {
    let api = try prepared()
    api.server.health.add(hook: "start")
    #expect(await api.get("/readyz/poststarthook/start").status == 500)
    api.server.health.finish(hook: "start")
    #expect(await api.get("/readyz/poststarthook/start").text == "ok")
  }
}
