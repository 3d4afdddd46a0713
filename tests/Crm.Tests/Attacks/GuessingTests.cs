using System.Net;
using Crm.Platform.Access;
using Crm.Platform.Domain;
using Crm.Platform.Features.EditUser;
using Crm.Testing;
using Crm.Tests.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Attacks;

/// <summary>Attack 9, what <see cref="SignInTests"/> leaves open: many names from one address, one name from many addresses, and the work done for names that do not exist.</summary>
public sealed class GuessingTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    [Fact]
    public async Task One_address_that_tries_many_names_is_paused_and_no_other_address_is()
    {
        var guard = app.Services.GetRequiredService<SignInGuard>();
        var attacker = IPAddress.Parse("203.0.113.77");
        for (var i = 0; i < 60; i++) (await guard.EnterAsync($"name-{i}", attacker, default)).Should().BeNull();
        (await guard.EnterAsync("name-60", attacker, default)).Should().BePositive();
        var browse = app.At("203.0.113.77");
        await browse.PostAsync("/sign-in", [("Command.UserName", "admin"), ("Command.Password", CrmApp.Password)]);
        browse.Status.Should().Be(HttpStatusCode.TooManyRequests);
        await app.At("203.0.113.78").SignInAsync("admin", CrmApp.Password);
        app.Clock.Advance(TimeSpan.FromMinutes(11));
        (await guard.EnterAsync("name-61", attacker, default)).Should().BeNull();
    }

    [Fact]
    public async Task One_name_tried_from_everywhere_is_closed_to_strangers_and_open_to_its_owner()
    {
        await app.AddUserAsync("wanted");
        await app.At("198.51.100.90").SignInAsync("wanted", CrmApp.Password);
        var guard = app.Services.GetRequiredService<SignInGuard>();
        for (var i = 0; i < 100; i++) await guard.EnterAsync("wanted", IPAddress.Parse($"192.0.2.{i + 1}"), default);
        var stranger = app.At("192.0.2.200");
        await stranger.PostAsync("/sign-in", [("Command.UserName", "wanted"), ("Command.Password", CrmApp.Password)]);
        stranger.Status.Should().Be(HttpStatusCode.TooManyRequests);
        await app.At("198.51.100.90").SignInAsync("wanted", CrmApp.Password);
    }

    [Fact]
    public async Task Names_that_do_not_exist_and_users_that_left_cost_as_much_work_as_a_wrong_password()
    {
        var counted = new CountedApp();
        await counted.InitializeAsync();
        var left = await counted.UserIdAsync("mehdi");
        await counted.SendAsync(new SetUserActiveCommand(left, false));
        var hasher = (CountingHasher)counted.Services.GetRequiredService<IPasswordHasher<User>>();
        foreach (var name in (string[])["sara", "mehdi", "nobody-at-all"])
        {
            // The first check of an unknown name also makes the hash that it is held against.
            await counted.Anonymous().PostAsync("/sign-in", [("Command.UserName", name), ("Command.Password", "not the password")]);
            hasher.Checks.Clear();
            var browse = await counted.Anonymous().PostAsync("/sign-in", [("Command.UserName", name), ("Command.Password", "not the password")]);
            browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
            // On a full machine the same check may be begun once more (HashingThreads), for whomever.
            hasher.Checks.Should().NotBeEmpty(name).And.OnlyContain(length => length > 80, "a whole hash, not a short one that ends early");
        }

        await ((IAsyncLifetime)counted).DisposeAsync();
    }

    private sealed class CountingHasher : PasswordHasher<User>
    {
        /// <summary>Length of each hash that a password was held against.</summary>
        public System.Collections.Concurrent.ConcurrentBag<int> Checks { get; } = [];

        public override PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
        {
            Checks.Add(hashedPassword.Length);
            return base.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }

    private sealed class CountedApp : CrmApp
    {
        protected override void ConfigureServices(IServiceCollection services) => services.AddSingleton<IPasswordHasher<User>>(new CountingHasher());
    }
}
