import Testing
import Values

@testable import APIServer

/// One object in several versions or groups.
@Suite struct ConversionTests {
  private static let core = "/api/v1/namespaces/default/events"
  private static let events = "/apis/events.k8s.io/v1/namespaces/default/events"

  private static let coreEvent: Value = [
    "apiVersion": "v1", "kind": "Event", "metadata": ["name": "e"],
    "involvedObject": ["kind": "Pod", "name": "p", "namespace": "default"], "message": "It went well.",
    "reason": "Done", "type": "Normal", "source": ["component": "c", "host": "h"],
    "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-02T00:00:00Z", "count": 3,
  ]

  @Test("an event of the core group is one of events.k8s.io, and the other way around")
  func events() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.core, Self.coreEvent)
    #expect(made.status == 201)
    let other = await api.get("\(Self.events)/e").json
    #expect(other["apiVersion"]?.string == "events.k8s.io/v1")
    #expect(other["note"]?.string == "It went well.")
    #expect(other["regarding"] == Self.coreEvent["involvedObject"])
    #expect(other["deprecatedSource"] == Self.coreEvent["source"])
    #expect(other["deprecatedCount"] == 3)
    #expect(other["deprecatedLastTimestamp"]?.string == "2026-01-02T00:00:00Z")
    #expect(other["message"] == nil)
    // Written back as it is, nothing is lost.
    let update = await api.update("\(Self.events)/e", other)
    #expect(update.status == 200)
    var back = await api.get("\(Self.core)/e").json
    for key in Self.coreEvent.object?.keys ?? [] where key != "metadata" {
      #expect(back[key] == Self.coreEvent[key])
    }
    #expect(await api.get(Self.events).names == ["e"])

    let new: Value = [
      "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": ["name": "n"],
      "eventTime": "2026-01-01T00:00:00.000000Z",
      "regarding": ["kind": "Pod", "name": "p", "namespace": "default"], "note": "New.", "reason": "Done",
      "action": "Do",
      "type": "Normal", "reportingController": "example.com/c", "reportingInstance": "i",
    ]
    #expect(await api.create(Self.events, new).status == 201)
    back = await api.get("\(Self.core)/n").json
    #expect(back["message"]?.string == "New.")
    #expect(back["reportingComponent"]?.string == "example.com/c")
    #expect(back["action"]?.string == "Do")
  }

  @Test("a watch in one group hears of writes in the other, in its own form")
  func eventWatch() async throws {
    let api = try TestAPI()
    let reader = try #require(WatchReader(await api.get("\(Self.events)?watch=1&timeoutSeconds=1")))
    _ = await api.create(Self.core, Self.coreEvent)
    let event = try #require(await reader.event())
    #expect(event["object"]?["apiVersion"]?.string == "events.k8s.io/v1")
    #expect(event["object"]?["note"]?.string == "It went well.")
  }

  private static func scalers(_ version: String) -> String {
    "/apis/autoscaling/\(version)/namespaces/default/horizontalpodautoscalers"
  }

  private static let v2: Value = [
    "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": ["name": "h"],
    "spec": [
      "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "d"], "minReplicas": 2,
      "maxReplicas": 5,
      "metrics": [
        [
          "type": "Resource",
          "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 70]],
        ],
        [
          "type": "Resource",
          "resource": ["name": "memory", "target": ["type": "AverageValue", "averageValue": "1Gi"]],
        ],
      ],
      "behavior": ["scaleDown": ["stabilizationWindowSeconds": 5]],
    ],
  ]

  @Test("an autoscaler keeps in v1 what only v2 can say")
  func autoscalers() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.scalers("v2"), Self.v2)
    #expect(made.status == 201)
    var old = await api.get("\(Self.scalers("v1"))/h").json
    #expect(old["apiVersion"]?.string == "autoscaling/v1")
    #expect(old["spec"]?["targetCPUUtilizationPercentage"] == 70)
    #expect(old["spec"]?["metrics"] == nil)
    // Changed in v1, the rest stays.
    old["spec"]?["maxReplicas"] = 9
    #expect(await api.update("\(Self.scalers("v1"))/h", old).status == 200)
    let new = await api.get("\(Self.scalers("v2"))/h").json
    var expected = made.json["spec"]
    expected?["maxReplicas"] = 9
    #expect(new["spec"] == expected)
    #expect(new["metadata"]?["annotations"] == nil)
  }

  @Test("who owns fields in one version owns them in the other")
  func ownership() async throws {
    let api = try TestAPI()
    _ = await api.apply("\(Self.scalers("v2"))/h?fieldManager=two", Self.v2)
    let path = "\(Self.scalers("v1"))/h"
    let mine: Value = [
      "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": ["name": "h"],
      "spec": ["maxReplicas": 6],
    ]
    let conflict = await api.apply("\(path)?fieldManager=one", mine)
    #expect(conflict.status == 409)
    #expect(conflict.message.contains(#"conflict with "two": .spec.maxReplicas"#))
    let forced = await api.apply("\(path)?fieldManager=one&force=true", mine)
    #expect(forced.status == 200)
    let managers = (forced.json["metadata"]?["managedFields"]?.array ?? []).compactMap {
      $0["manager"]?.string
    }
    #expect(Set(managers) == ["one", "two"])
  }

  @Test("a custom kind's versions differ in name only")
  func custom() async throws {
    let api = try TestAPI()
    Widgets.serve(on: api)
    let made = await api.create(
      "/apis/example.com/v1/namespaces/default/widgets", Widgets.example("w", count: 4))
    #expect(made.status == 201)
    let other = await api.get("/apis/example.com/v2/namespaces/default/widgets/w").json
    #expect(other["apiVersion"]?.string == "example.com/v2")
    #expect(other["spec"] == ["count": 4])
    let scale = await api.get("/apis/example.com/v2/namespaces/default/widgets/w/scale").json
    #expect(scale["spec"] == ["replicas": 4])
    let scaled = await api.merge(
      "/apis/example.com/v2/namespaces/default/widgets/w/scale?fieldManager=s", ["spec": ["replicas": 7]])
    #expect(scaled.status == 200)
    let object = await api.get("/apis/example.com/v1/namespaces/default/widgets/w").json
    #expect(object["spec"] == ["count": 7])
    let entry = object["metadata"]?["managedFields"]?.array?.first { $0["manager"]?.string == "s" }
    #expect(entry?["fieldsV1"] == ["f:spec": ["f:count": [:]]])
    #expect(entry?["subresource"]?.string == "scale")
  }
}
