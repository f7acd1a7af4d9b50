"""What tests stand on: topologies, the world, fakes for the faces of other modules."""
