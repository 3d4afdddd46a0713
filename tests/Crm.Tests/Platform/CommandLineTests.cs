using Crm.Data;

namespace Crm.Tests.Platform;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("migrate --Crm:DataDirectory=/tmp/x", "migrate")]
    [InlineData("token create --user sara --ConnectionStrings:Crm Host=x --name Shop --days 7", "token create --user sara --name Shop --days 7")]
    [InlineData("seed --contacts 10 --seed=3", "seed --contacts 10 --seed=3")]
    [InlineData("check --urls http://localhost:1 --environment=Development", "check")]
    public void Settings_beside_a_verb_are_the_frameworks_and_the_rest_is_the_verbs(string typed, string left) =>
        string.Join(' ', CommandLine.WithoutSettings(typed.Split(' '))).Should().Be(left);

    [Theory]
    [InlineData("", true)]
    [InlineData("serve --urls http://localhost:1", true)]
    [InlineData("--Crm:Demo=false", true)]
    [InlineData("--help", false)]
    [InlineData("check", false)]
    [InlineData("serve --help", false)]
    [InlineData("--hlep", false)]
    [InlineData("--environment Development --contentRoot=/x", true)]
    public void No_word_or_serve_starts_the_web_application(string typed, bool serves) => CommandLine.AsksToServe(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Should().Be(serves);
}
