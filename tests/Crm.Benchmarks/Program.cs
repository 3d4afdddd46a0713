using System.Globalization;
using Crm.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
InterpreterBenchmarks.Run();
