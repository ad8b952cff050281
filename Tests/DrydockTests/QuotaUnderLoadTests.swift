import TestSupport
import Testing
import Values

/// A quota holds to the last object, however many ask at once.
@Suite(.timeLimit(.minutes(3)))
struct QuotaUnderLoadTests {
  @Test func twoHundredCreatesAtOnceGetWhatThereIsAndNoMore() async throws {
    let server = try await TestServer.start()
    let base = "/api/v1/namespaces/default"
    let made = try await server.client.send(
      "POST", "\(base)/resourcequotas",
      ["metadata": ["name": "few"], "spec": ["hard": ["configmaps": "61", "count/secrets": "5"]]])
    #expect(made.status == 201)
    // One is there from the start: the certificates of the cluster.
    let isCounted = try await eventually {
      try await server.client.get("\(base)/resourcequotas/few").json["status"]?["used"]?["configmaps"] == "1"
    }
    #expect(isCounted)

    let client = server.client
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<200 {
        group.addTask {
          try await client.send(
            "POST", "\(base)/configmaps", ["metadata": ["name": .string("c-\(index)")]]
          ).status
        }
      }
      return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    }
    #expect(statuses == [201: 60, 403: 140])
    let stored = try await client.get("\(base)/configmaps").json["items"]?.array?.count
    #expect(stored == 61)
    let used = try await client.get("\(base)/resourcequotas/few").json["status"]?["used"]
    #expect(used?["configmaps"] == "61")

    let refused = try await client.send("POST", "\(base)/configmaps", ["metadata": ["name": "last"]])
    #expect(
      refused.json["message"]
        == "configmaps \"last\" is forbidden: exceeded quota: few, requested: configmaps=1, used: configmaps=61, limited: configmaps=61"
    )
    // What goes makes room again.
    #expect(try await client.request("DELETE", "\(base)/configmaps?limit=1").status == 200)
    let hasRoom = try await eventually {
      try await client.send("POST", "\(base)/configmaps", ["metadata": ["name": "last"]]).status == 201
    }
    #expect(hasRoom)
    await server.stop()
  }
}
