import APIServer
import Testing
import Values

/// pods/log, answered from annotations.
@Suite struct PodLogTests {
  private static let log = """
    2026-01-02T03:04:05Z stdout F one
    2026-01-02T03:04:06.5Z stderr F two
    2026-01-02T03:04:07Z stdout P th
    2026-01-02T03:04:07Z stdout F ree

    """

  private func api(
    _ annotations: Value, containers: Value = [["name": "c", "image": "a"]], node: String? = nil,
    files: PodLogFiles = PodLogFiles()
  ) throws -> TestAPI {
    let api = try TestAPI { $0.podLogs = files }
    var pod = Example.pod("p", node: node)
    pod["metadata"]?["namespace"] = "default"
    pod["metadata"]?["annotations"] = annotations
    pod["metadata"]?["creationTimestamp"] = "2026-01-02T00:00:00Z"
    pod["spec"]?["containers"] = containers
    api.put("pods", pod)
    return api
  }

  private let path = "/api/v1/namespaces/default/pods/p/log"

  @Test(arguments: [
    ("", "one\ntwo\nthree\n"),
    ("?tailLines=2", "three\n"),
    ("?tailLines=0", ""),
    ("?limitBytes=5", "one\nt"),
    ("?sinceTime=2026-01-02T03:04:06Z", "two\nthree\n"),
    (
      "?timestamps=true&tailLines=3",
      "2026-01-02T03:04:06.500000000Z two\n2026-01-02T03:04:07.000000000Z three\n"
    ),
    ("?container=c", "one\ntwo\nthree\n"),
  ])
  func options(query: String, expected: String) async throws {
    let reply = await (try api(["drydock.dev/log": .string(Self.log)])).get(path + query)
    #expect(reply.status == 200)
    #expect(reply.text == expected)
    #expect(reply[header: "Content-Type"] == "text/plain")
  }

  @Test func plainLinesAreOfTheMomentThePodBegan() async throws {
    let api = try api(["drydock.dev/log.c": "started\n", "drydock.dev/log": "other"])
    #expect(await api.get(path).text == "started\n")
    #expect(await api.get(path + "?timestamps=1").text == "2026-01-02T00:00:00.000000000Z started\n")
    #expect(await api.get(path + "?sinceSeconds=5").text == "")
  }

  @Test(arguments: [
    (
      "?tailLines=-1",
      "PodLogOptions \"p\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0"
    ),
    ("?limitBytes=0", "PodLogOptions \"p\" is invalid: limitBytes: Invalid value: 0: must be greater than 0"),
    (
      "?sinceSeconds=0",
      "PodLogOptions \"p\" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0"
    ),
    ("?tailLines=x", "strconv.ParseInt: parsing \"x\": invalid syntax"),
    ("?container=d", "container d is not valid for pod p"),
    ("?previous=true", "previous terminated container \"c\" in pod \"p\" not found"),
  ])
  func whatMayNotBe(query: String, message: String) async throws {
    let reply = await (try api(["drydock.dev/log": "a\n"])).get(path + query)
    #expect(reply.status == (message.hasPrefix("PodLogOptions") ? 422 : 400))
    #expect(reply.message == message)
  }

  @Test func severalContainersMustBeNamed() async throws {
    let api = try api(
      ["drydock.dev/log.d": "from d\n", "drydock.dev/previous-log.d": "before\n"],
      containers: [["name": "c", "image": "a"], ["name": "d", "image": "a"]])
    #expect(
      await api.get(path).message == "a container name must be specified for pod p, choose one of: [c d]")
    #expect(await api.get(path + "?container=d").text == "from d\n")
    #expect(await api.get(path + "?container=d&previous=true").text == "before\n")
  }

  @Test func nothingSetIsSaid() async throws {
    #expect(await (try api([:])).get(path).message == "pod p does not have a host assigned")
    let reply = await (try api([:], node: "n")).get(path)
    #expect(reply.status == 503)
    #expect(reply.message.contains("set the annotation drydock.dev/log.c"))
    #expect(await (try api([:])).get("/api/v1/namespaces/default/pods/q/log").status == 404)
  }

  @Test func filesAnswerWhereNoAnnotationDoes() async throws {
    let files = PodLogFiles { namespace, pod, file in
      file == "c.log" ? "\(namespace)/\(pod)/\(file)\n" : nil
    }
    #expect(await (try api([:], files: files)).get(path).text == "default/p/c.log\n")
    #expect(await (try api(["drydock.dev/log": "mine\n"], files: files)).get(path).text == "mine\n")
  }
}
