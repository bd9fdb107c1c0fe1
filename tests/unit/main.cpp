// The test runner's main function, which Catch2 2 compiles into one file and Catch2 3 brings as a library.
#if SLIPWAY_CATCH2_MAJOR < 3
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
