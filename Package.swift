// swift-tools-version: 6.1
import PackageDescription

/// A module of Sources/, with the README.md that tells what is in it.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, exclude: ["README.md"])
}

/// The tests of a module, beside it in Tests/.
func tests(_ module: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(name: "\(module)Tests", dependencies: [.init(stringLiteral: module)] + dependencies)
}

let collections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "drydock",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Drydock", targets: ["Drydock", "Authentication", "Authorization"]),
    .library(name: "Authorization", targets: ["Authorization"]),
    .executable(name: "drydock", targets: ["drydock-cli"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "Resources", exclude: ["tables", "README.md"]),

    module("Values", ["CLibYAML", collections]),
    module("Schema", ["Values", "Resources"]),
    module("Metrics", []),
    module("Tracing", ["Values"]),
    module("CEL", ["Values"]),
    module("KubernetesCEL", ["CEL", "Values", "Schema"]),
    module("Security", ["COpenSSL", nioCore]),
    module("Validation", ["Values", "Schema", "Security", "CEL", "KubernetesCEL"]),
    module("Store", ["Values", "Schema"]),
    module(
      "HTTPService",
      [
        "Values", "Security", "Tracing", nioCore, nioPosix, nioHTTP1, nioHTTP2, nioWebSocket, nioCompression,
        logging,
      ]),
    module("Webhook", ["Values", "Schema", "Security", "HTTPService", nioHTTP1, logging]),
    module(
      "Authentication",
      [
        "Values", "Schema", "Validation", "Store", "Security", "HTTPService", "Webhook", "CEL",
        "KubernetesCEL", "Metrics",
        logging,
      ]),
    module(
      "Authorization",
      [
        "Values", "Schema", "Store", "Security", "Authentication", "Webhook", "CEL", "KubernetesCEL",
        "Metrics",
        logging,
      ]),
    module(
      "Admission",
      [
        "Values", "Schema", "Store", "Metrics", "Tracing", "HTTPService", "Webhook", "Authentication",
        "Authorization", "CEL", "KubernetesCEL",
      ]),
    module(
      "Audit",
      [
        "Values", "Schema", "HTTPService", "Webhook", "Authentication", "Authorization", logging,
      ]),
    module(
      "APIServer",
      [
        "Values", "Schema", "CEL", "KubernetesCEL", "Validation", "Store", "Security", "HTTPService",
        "Webhook", "Authentication", "Authorization", "Admission", "Audit", "Metrics", "Tracing", nioHTTP1,
        logging,
      ]),
    module(
      "Controllers",
      [
        "APIServer", "Admission", "Authentication", "Authorization", "KubernetesCEL", "Schema", "Store",
        "Security", "Values", logging,
      ]),
    module(
      "Drydock",
      [
        "APIServer", "Controllers", "Admission", "Audit", "Authentication", "Authorization", "HTTPService",
        "Metrics", "Schema", "Security", "Store", "Tracing", "Values", "Webhook", nioHTTP1, logging,
      ]),
    .executableTarget(
      name: "drydock-cli",
      dependencies: [
        "APIServer", "Audit", "Drydock", "HTTPService", "Schema", "Values", "Webhook", nioHTTP1, arguments,
        logging,
      ]),

    tests("Values"),
    tests("Schema", ["Values"]),
    tests("CEL", ["Values"]),
    tests("KubernetesCEL", ["CEL", "Values", "Schema"]),
    tests("Webhook", ["Values", "Schema", "Security", "HTTPService", "ServerSupport"]),
    tests("Security", [nioCore, nioEmbedded, nioPosix]),
    tests("Validation", ["Values", "Schema"]),
    tests("Store", ["Values", "Schema"]),
    tests(
      "HTTPService",
      ["Security", "ServerSupport", nioCore, nioPosix, nioHTTP1, nioHTTP2, nioWebSocket, logging]),
    tests(
      "Authentication",
      [
        "Values", "Schema", "Store", "Security", "HTTPService", "Webhook", "KubernetesCEL", "ServerSupport",
        "Metrics", logging,
      ]),
    tests(
      "Authorization",
      [
        "Values", "Schema", "Store", "Authentication", "HTTPService", "Webhook", "KubernetesCEL",
        "ServerSupport", "Metrics",
      ]),
    tests(
      "Admission",
      [
        "Values", "Schema", "Store", "Authentication", "Authorization", "Security", "HTTPService", "Webhook",
        "KubernetesCEL", "Metrics", "ServerSupport",
      ]),
    tests(
      "Audit",
      [
        "Values", "Schema", "HTTPService", "Webhook", "Authentication", "Authorization", "ServerSupport",
        logging,
      ]),
    tests("Metrics"),
    tests("Tracing", ["Values"]),
    tests(
      "APIServer", ["Audit", "Drydock", "HTTPService", "Metrics", "Schema", "Store", "Values", logging]),
    tests(
      "Controllers",
      ["APIServer", "Authentication", "Drydock", "Schema", "Security", "Store", "Values", logging]),

    .target(
      name: "ServerSupport", dependencies: ["HTTPService", "Security", "Values", nioHTTP1, logging],
      path: "Tests/ServerSupport"),
    .target(
      name: "TestSupport",
      dependencies: [
        "ServerSupport", "Drydock", "HTTPService", "Security", "Values", nioCore, nioPosix, nioHTTP1,
      ], path: "Tests/TestSupport"),
    .testTarget(
      name: "ConformanceTests", dependencies: ["TestSupport", "Drydock", "Values"],
      exclude: ["recorded", "tokens.csv", "known-differences.txt"]),
    .testTarget(
      name: "ClientTests",
      dependencies: [
        "TestSupport", "ServerSupport", "CEL", "Drydock", "Schema", "Security", "Store", "Values",
        "drydock-cli",
      ],
      exclude: [
        "chart", "client.py", "expressions.json", "expressions.py", "guide", "operators.py", "provider.py",
      ]),
    .testTarget(
      name: "DrydockTests",
      dependencies: [
        "TestSupport", "ServerSupport", "Drydock", "Authentication", "Authorization", "HTTPService", "Schema",
        "Security",
        "Values", "drydock-cli",
      ]),
  ],
  swiftLanguageModes: [.v6]
)
