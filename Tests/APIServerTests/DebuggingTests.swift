import Testing

@testable import APIServer

/// What a running server tells and lets be set.
@Suite struct DebuggingTests {
  @Test func statusTellsVersionAndPaths() async throws {
    let reply = await (try TestAPI()).get("/statusz")
    #expect(reply[header: "Content-Type"] == "text/plain; charset=utf-8")
    #expect(reply.text.hasPrefix("\nkube-apiserver statusz\nWarning: "))
    #expect(reply.text.contains("\nUp: 0 hr 00 min "))
    #expect(reply.text.contains("\nBinary version: 1.36"))
    #expect(reply.text.contains("\nEmulation version: 1.36\n"))
    #expect(reply.text.contains("/metrics /readyz /statusz"))
  }

  @Test("pages are objects for who asks for their kind and version")
  func structured() async throws {
    let api = try TestAPI { $0.flags = { ["v": "3"] } }
    let accept = "application/json;v=v1beta1;g=config.k8s.io;as="
    let status = await api.get("/statusz", [("Accept", accept + "Statusz")])
    #expect(status[header: "Content-Type"] == "application/json")
    #expect(status.json["apiVersion"] == "config.k8s.io/v1beta1")
    #expect(status.json["kind"] == "Statusz" && status.json["emulationVersion"] == "1.36")
    #expect(status.json["paths"]?.array?.contains("/livez") == true)
    let flags = await api.get("/flagz", [("Accept", accept + "Flagz")])
    #expect(flags.json["flags"] == ["v": "3"] && flags.json["metadata"]?["name"] == "kube-apiserver")
    #expect(await api.get("/flagz", [("Accept", "application/json")]).status == 406)
    #expect(await api.get("/flagz", [("Accept", accept + "Statusz, */*")]).text.contains("v=3"))
  }

  @Test func timesAreAsUnixPrintsThem() {
    #expect(UnixDate.text(.init(seconds: 1_729_112_623)) == "Wed Oct 16 21:03:43 UTC 2024")
    #expect(UnixDate.text(.init(seconds: 0)) == "Thu Jan  1 00:00:00 UTC 1970")
  }

  @Test func flagsAreListed() async throws {
    let api = try TestAPI { $0.flags = { ["v": "3", "audit-log-path": "-"] } }
    #expect(await api.get("/flagz").text.hasSuffix("only.\naudit-log-path=-\nv=3\n"))
    #expect(await api.ask("POST", "/flagz").status == 405)
  }

  @Test("verbosity can be set while the server runs")
  func verbosity() async throws {
    let verbosity = LogVerbosity()
    let api = try TestAPI { $0.verbosity = verbosity }
    let reply = await api.ask("PUT", "/debug/flags/v", bytes: Array("4".utf8))
    #expect(reply.status == 200 && reply.text == "successfully set klog.logging.verbosity to 4")
    #expect(verbosity.number == 4)
    #expect(await api.ask("PUT", "/debug/flags/v", bytes: Array("lots".utf8)).status == 400)
    #expect(await api.get("/debug/flags/v").status == 406)
    #expect(verbosity.number == 4)
  }

  @Test("only those may who are allowed to")
  func authorization() async throws {
    let api = try TestAPI(grants: ["jane get /statusz"])
    #expect(await api.get("/statusz", [("X-Test-User", "jane")]).status == 200)
    #expect(await api.get("/flagz", [("X-Test-User", "jane")]).status == 403)
    #expect(
      await api.ask("PUT", "/debug/flags/v", [("X-Test-User", "jane")], bytes: Array("4".utf8)).status == 403)
  }
}
