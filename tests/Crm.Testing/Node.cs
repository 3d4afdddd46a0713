using System.Diagnostics;

namespace Crm.Testing;

/// <summary>Runs scripts of ours in node, as a browser would. Compiled into the tests of the engine too, which know nothing else of this project.</summary>
public static class Node
{
    /// <summary>What the module wrote, given this on its standard input.</summary>
    /// <exception cref="InvalidOperationException">It ended with an error: the message is what it said.</exception>
    public static async Task<string> RunAsync(string script, string input)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["--input-type=module", "-e", script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await node.StandardInput.WriteAsync(input);
        node.StandardInput.Close();
        var answer = await node.StandardOutput.ReadToEndAsync();
        var error = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        return node.ExitCode == 0 ? answer : throw new InvalidOperationException(error);
    }
}
