namespace Crm.Data.Postgres;

/// <summary>
/// The program can't start, and the person who started it can mend that. The message is one line: what is wrong and what to do.
/// The host prints it without a stack trace and ends with exit code 1.
/// </summary>
public sealed class StartupProblem(string message, Exception? inner = null) : Exception(message.ReplaceLineEndings(" "), inner);
