// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that building and testing Drydock does not build it.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "drydock", path: "../..")],
  targets: [
    .executableTarget(
      name: "authorization-benchmark", dependencies: [.product(name: "Authorization", package: "drydock")])
  ],
  swiftLanguageModes: [.v6]
)
