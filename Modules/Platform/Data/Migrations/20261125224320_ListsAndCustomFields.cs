using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Platform.Data.Migrations
{
    /// <inheritdoc />
    public partial class ListsAndCustomFields : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "custom_fields",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    record = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    key = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    title = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    english_title = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    hint = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    options = table.Column<string>(type: "jsonb", nullable: true),
                    links_to = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: true),
                    formula = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    section = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    order = table.Column<int>(type: "integer", nullable: false),
                    required = table.Column<bool>(type: "boolean", nullable: false),
                    in_list = table.Column<bool>(type: "boolean", nullable: false),
                    sortable = table.Column<bool>(type: "boolean", nullable: false),
                    shown_when_field = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    shown_when_value = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    role_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    read_only_role_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    active = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_custom_fields", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "list_layouts",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    record = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    columns = table.Column<string[]>(type: "text[]", nullable: false),
                    size = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_list_layouts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "list_views",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    record = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    owner_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    query = table.Column<string>(type: "character varying(8000)", maxLength: 8000, nullable: false),
                    for_all = table.Column<bool>(type: "boolean", nullable: false),
                    role_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_list_views", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ux_custom_fields_record_key",
                schema: "platform",
                table: "custom_fields",
                columns: new[] { "record", "key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ux_list_layouts_user_id_record",
                schema: "platform",
                table: "list_layouts",
                columns: new[] { "user_id", "record" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ux_list_views_record_owner_id_name",
                schema: "platform",
                table: "list_views",
                columns: new[] { "record", "owner_id", "name" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "custom_fields",
                schema: "platform");

            migrationBuilder.DropTable(
                name: "list_layouts",
                schema: "platform");

            migrationBuilder.DropTable(
                name: "list_views",
                schema: "platform");
        }
    }
}
