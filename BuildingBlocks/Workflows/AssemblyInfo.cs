using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Crm.Workflows.Tests")]
